# A usual configuration of the AWS provider for Amazon ECS. test/terraform/terraform.spec.ts applies it to Stowage unchanged.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

# Endpoint, region and access key come from the environment.
provider "aws" {
  default_tags {
    tags = { managed-by = "terraform" }
  }
}

variable "image" {
  type = string
}

variable "message" {
  type = string
}

variable "desired_count" {
  type = number
}

variable "http_port" {
  type = number
}

variable "tcp_port" {
  type = number
}

# Container instances join this cluster, so tasks run in it.
data "aws_ecs_cluster" "default" {
  cluster_name = "default"
}

resource "aws_ecs_cluster" "own" {
  name = "terraform"

  setting {
    name  = "containerInsights"
    value = "disabled"
  }

  tags = { message = var.message }
}

resource "aws_ecs_cluster_capacity_providers" "own" {
  cluster_name = aws_ecs_cluster.own.name
}

resource "aws_ecs_task_definition" "web" {
  family                   = "terraform-web"
  requires_compatibilities = ["EC2"]

  container_definitions = jsonencode([{
    name         = "web"
    image        = var.image
    memory       = 32
    essential    = true
    stopTimeout  = 2
    command      = ["sh", "-c", "mkdir /www; echo \"$MESSAGE\" > /www/index.html; exec httpd -f -p 80 -h /www"]
    environment  = [{ name = "MESSAGE", value = var.message }]
    portMappings = [{ containerPort = 80, hostPort = 0, protocol = "tcp" }]
  }])

  tags = { message = var.message }
}

resource "aws_lb" "http" {
  name               = "terraform-http"
  load_balancer_type = "application"
  subnets            = slice(["subnet-11111111", "subnet-22222222", "subnet-33333333"], 0, var.desired_count + 1)
  security_groups    = slice(["sg-11111111", "sg-22222222"], 0, var.desired_count)
  idle_timeout       = 30
  tags               = { message = var.message }
}

resource "aws_lb" "tcp" {
  name               = "terraform-tcp"
  load_balancer_type = "network"
  subnets            = ["subnet-11111111", "subnet-22222222"]
}

resource "aws_lb_target_group" "http" {
  name                 = "terraform-http"
  protocol             = "HTTP"
  port                 = 80
  vpc_id               = "vpc-11111111"
  deregistration_delay = 2

  health_check {
    path                = "/"
    interval            = var.desired_count + 9
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 60 * var.desired_count
    enabled         = false
  }

  tags = { message = var.message }
}

resource "aws_lb_target_group" "tcp" {
  name                 = "terraform-tcp"
  protocol             = "TCP"
  port                 = 80
  vpc_id               = "vpc-11111111"
  deregistration_delay = 2

  # The default timeout of a TCP check is as long as this interval.
  health_check {
    interval = 10
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.http.arn
  port              = var.http_port
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http.arn
  }
}

resource "aws_lb_listener" "tcp" {
  load_balancer_arn = aws_lb.tcp.arn
  port              = var.tcp_port
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}

resource "aws_lb_listener_rule" "fixed" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10 * var.desired_count

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "fixed ${var.message}"
      status_code  = "200"
    }
  }

  condition {
    path_pattern {
      values = ["/fixed", "/also-fixed"]
    }
  }
}

# Without a priority the provider asks for the next one.
resource "aws_lb_listener_rule" "moved" {
  listener_arn = aws_lb_listener.http.arn

  action {
    type = "redirect"

    redirect {
      status_code = "HTTP_302"
      path        = "/fixed"
    }
  }

  condition {
    host_header {
      values = ["old.example.com", "*.old.example.com"]
    }
  }

  condition {
    query_string {
      key   = "moved"
      value = "yes"
    }
  }
}

resource "aws_ecs_service" "with_cluster" {
  name                  = "terraform-http"
  cluster               = data.aws_ecs_cluster.default.arn
  task_definition       = aws_ecs_task_definition.web.arn
  desired_count         = var.desired_count
  iam_role              = "ecsServiceRole"
  wait_for_steady_state = true
  propagate_tags        = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  ordered_placement_strategy {
    type  = "binpack"
    field = "memory"
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.http.arn
    container_name   = "web"
    container_port   = 80
  }

  tags       = { message = var.message }
  depends_on = [aws_lb_listener.http]
}

resource "aws_ecs_service" "without_cluster" {
  name                  = "terraform-tcp"
  task_definition       = aws_ecs_task_definition.web.arn
  desired_count         = 1
  wait_for_steady_state = true

  load_balancer {
    target_group_arn = aws_lb_target_group.tcp.arn
    container_name   = "web"
    container_port   = 80
  }

  depends_on = [aws_lb_listener.tcp]
}

resource "aws_ecs_service" "own" {
  name            = "terraform-own"
  cluster         = aws_ecs_cluster.own.id
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = 0
}

# Runs a task each time that Terraform reads it.
data "aws_ecs_task_execution" "once" {
  cluster         = data.aws_ecs_cluster.default.arn
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = 1
  launch_type     = "EC2"
  started_by      = "terraform"

  overrides {
    container_overrides {
      name    = "web"
      command = ["sh", "-c", "test \"$GREETING\" = hello && test -n \"$MESSAGE\" && exit 7"]

      environment {
        key   = "GREETING"
        value = "hello"
      }
    }
  }
}

data "aws_caller_identity" "current" {}

output "account" {
  value = data.aws_caller_identity.current.account_id
}
